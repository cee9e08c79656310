// How .NET Framework and Mono open a library: by the system's own functions.
using System;
using System.Runtime.InteropServices;

namespace Ytx;

internal static unsafe partial class Loader
{
    private static readonly bool OnWindows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

    private static IntPtr Open(string path, out string? why)
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

    internal static IntPtr Symbol(IntPtr library, string name)
    {
        return OnWindows ? GetProcAddress(library, name) : dlsym(library, name);
    }

    private static byte* Version(IntPtr function) =>
        Marshal.GetDelegateForFunctionPointer<VersionFunction>(function)();

    private static string Here() => typeof(Loader).Assembly.Location;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate byte* VersionFunction();

#pragma warning disable IDE1006 // the systems' names
#pragma warning disable CA2101 // the texts are paths and symbols, which the system has as bytes

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
}
