// Where the native library lies, and whether it is the right one.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;

namespace Ytx;

internal static unsafe partial class Loader
{
    /// <summary>The version of include/ytx.h that this was written for. Within a major version
    /// the ABI only grows, so a later minor one will do.</summary>
    private static readonly Version Wanted = new(0, 1);

    /// <summary>The first library that fits.</summary>
    internal static IntPtr Load()
    {
        var tried = new StringBuilder();
        foreach (string candidate in Candidates())
        {
            IntPtr library = Open(candidate, out string? why);
            if (library != IntPtr.Zero)
            {
                why = Misfit(library);
                if (why == null) return library;
            }
            tried.Append("\n  ").Append(candidate).Append(": ").Append(why);
        }
        throw new DllNotFoundException(
            $"there is no libytx {Wanted}, or a later {Wanted.Major}.x, at any of these places:{tried}");
    }

    /// <summary>Why a library is not the right one; null if it is.</summary>
    private static string? Misfit(IntPtr library)
    {
        IntPtr address = Symbol(library, "ytx_version");
        if (address == IntPtr.Zero) return "it is no libytx";
        string found = Utf8.FromC(Version(address));
        bool fits = System.Version.TryParse(found, out Version? version)
            && version.Major == Wanted.Major && version.Minor >= Wanted.Minor;
        return fits ? null : "its version is " + found;
    }

    /// <summary>As a NuGet package has it, beside the assembly, and wherever the system
    /// looks.</summary>
    private static IEnumerable<string> Candidates()
    {
        string[] names = Names(out string system);
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        // The C library of Alpine has packages of its own; there the first one cannot be opened.
        string[] systems = system == "linux" ? [system, "linux-musl"] : [system];
        string[] packages = [.. systems.Select(one => Path.Combine("runtimes", one + "-" + architecture, "native"))];
        var folders = new[] { Path.GetDirectoryName(Here()) ?? "", AppContext.BaseDirectory }
            .Where(folder => folder.Length > 0)
            .Select(folder => folder.TrimEnd(Path.DirectorySeparatorChar)).Distinct()
            .SelectMany(folder => packages.Select(package => Path.Combine(folder, package)).Concat([folder]))
            .Concat([""]);
        return from folder in folders from name in names select Path.Combine(folder, name);
    }

    /// <summary>A machine that only runs programs has libytx.so.0 and no libytx.so.</summary>
    private static string[] Names(out string system)
    {
        bool windows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
        bool mac = RuntimeInformation.IsOSPlatform(OSPlatform.OSX);
        system = windows ? "win" : mac ? "osx" : "linux";
        if (windows) return ["ytx.dll"];
        return mac ? ["libytx.0.dylib", "libytx.dylib"] : ["libytx.so.0", "libytx.so"];
    }
}
