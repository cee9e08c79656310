// How .NET 8 and later open a library.
using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Ytx;

internal static unsafe partial class Loader
{
    private static IntPtr Open(string path, out string? why)
    {
        why = null;
        try
        {
            // On Windows that leaves out the current folder.
            const DllImportSearchPath safe = DllImportSearchPath.SafeDirectories;
            return NativeLibrary.Load(path, typeof(Loader).Assembly, safe);
        }
        catch (Exception failure)
            when (failure is DllNotFoundException or BadImageFormatException)
        {
            why = failure.Message;
            return IntPtr.Zero;
        }
    }

    private static IntPtr Symbol(IntPtr library, string name)
    {
        return NativeLibrary.TryGetExport(library, name, out IntPtr address) ? address : IntPtr.Zero;
    }

    private static byte* Version(IntPtr function) => ((delegate* unmanaged[Cdecl]<byte*>)function)();

    /// <summary>Where this assembly lies; empty in a program that is one file.</summary>
    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "Empty is looked for.")]
    private static string Here() => typeof(Loader).Assembly.Location;
}
