// Where the native library lies, and whether it is the right one.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;

namespace Ytx
{
    internal static class Loader
    {
        /// <summary>The version of include/ytx.h that this was written for. Within a major version
        /// the ABI only grows, so a later minor one will do.</summary>
        private static readonly Version Wanted = new Version(0, 1);

        /// <summary>The first library that fits.</summary>
        internal static IntPtr Load()
        {
            var tried = new StringBuilder();
            foreach (string candidate in Candidates())
            {
                IntPtr library = Open(candidate, out string why);
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

        /// <summary>A function of the library.</summary>
        internal static T Function<T>(IntPtr library, string name)
        {
            IntPtr address = Symbol(library, name);
            if (address == IntPtr.Zero) throw new EntryPointNotFoundException(name + " is not in libytx");
            return Marshal.GetDelegateForFunctionPointer<T>(address);
        }

        /// <summary>Why a library is not the right one; null if it is.</summary>
        private static string Misfit(IntPtr library)
        {
            IntPtr address = Symbol(library, "ytx_version");
            if (address == IntPtr.Zero) return "it is no libytx";
            string found = Utf8.FromC(Marshal.GetDelegateForFunctionPointer<VersionFunction>(address)());
            bool fits = Version.TryParse(found, out Version version)
                && version.Major == Wanted.Major && version.Minor >= Wanted.Minor;
            return fits ? null : "its version is " + found;
        }

        /// <summary>As a NuGet package has it, beside the assembly, and wherever the system
        /// looks.</summary>
        private static IEnumerable<string> Candidates()
        {
            string[] names = Names(out string system);
            string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
            string package = Path.Combine("runtimes", system + "-" + architecture, "native");
            // A program that is one file has no assemblies that lie anywhere.
            string here = typeof(Loader).Assembly.Location;
            var folders = new[] { Path.GetDirectoryName(here), AppContext.BaseDirectory }
                .Where(folder => !string.IsNullOrEmpty(folder))
                .Select(folder => folder.TrimEnd(Path.DirectorySeparatorChar)).Distinct()
                .SelectMany(folder => new[] { Path.Combine(folder, package), folder })
                .Concat(new[] { "" });
            return from folder in folders from name in names select Path.Combine(folder, name);
        }

        /// <summary>A machine that only runs programs has libytx.so.0 and no libytx.so.</summary>
        private static string[] Names(out string system)
        {
            bool windows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
            bool mac = RuntimeInformation.IsOSPlatform(OSPlatform.OSX);
            system = windows ? "win" : mac ? "osx" : "linux";
            if (windows) return new[] { "ytx.dll" };
            return mac ? new[] { "libytx.0.dylib", "libytx.dylib" } : new[] { "libytx.so.0", "libytx.so" };
        }

#if NETCOREAPP3_0_OR_GREATER
        private static IntPtr Open(string path, out string why)
        {
            why = null;
            try
            {
                // On Windows that leaves out the current folder.
                const DllImportSearchPath safe = DllImportSearchPath.SafeDirectories;
                return NativeLibrary.Load(path, typeof(Loader).Assembly, safe);
            }
            catch (Exception failure)
                when (failure is DllNotFoundException || failure is BadImageFormatException)
            {
                why = failure.Message;
                return IntPtr.Zero;
            }
        }

        private static IntPtr Symbol(IntPtr library, string name)
        {
            return NativeLibrary.TryGetExport(library, name, out IntPtr address) ? address : IntPtr.Zero;
        }
#else
        private static readonly bool OnWindows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

        private static IntPtr Open(string path, out string why)
        {
            const int now = 2;
            const uint notTheCurrentFolder = 0x1000; // LOAD_LIBRARY_SEARCH_DEFAULT_DIRS
            IntPtr library = OnWindows
                ? LoadLibraryEx(path, IntPtr.Zero, notTheCurrentFolder)
                : dlopen(path, now);
            why = null;
            if (library == IntPtr.Zero)
                why = OnWindows
                    ? new System.ComponentModel.Win32Exception(Marshal.GetLastWin32Error()).Message
                    : Marshal.PtrToStringAnsi(dlerror());
            return library;
        }

        private static IntPtr Symbol(IntPtr library, string name)
        {
            return OnWindows ? GetProcAddress(library, name) : dlsym(library, name);
        }

        [DllImport("kernel32", CharSet = CharSet.Unicode, SetLastError = true)]
        private static extern IntPtr LoadLibraryEx(string path, IntPtr reserved, uint flags);

        [DllImport("kernel32", CharSet = CharSet.Ansi, ExactSpelling = true)]
        private static extern IntPtr GetProcAddress(IntPtr library, string name);

        [DllImport("libdl.so.2")]
        private static extern IntPtr dlopen(string path, int flags);

        [DllImport("libdl.so.2")]
        private static extern IntPtr dlsym(IntPtr library, string name);

        [DllImport("libdl.so.2")]
        private static extern IntPtr dlerror();
#endif
    }
}
